from . import milestones
from . import uploads
from . import deliveries
from . import bill
from . import retention
