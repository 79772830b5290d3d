from . import milestone
from . import retention
from . import billing
from . import certificate
from . import portal
