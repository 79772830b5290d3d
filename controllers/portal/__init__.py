from . import milestones
from . import deliveries
from . import bill
from . import retention
