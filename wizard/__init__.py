from . import milestone
from . import retention
from . import billing
