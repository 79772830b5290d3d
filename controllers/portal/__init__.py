from . import milestones
from . import deliveries
