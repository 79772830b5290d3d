from . import storage
from . import milestone
from . import retention
from . import billing
from . import approval
from . import certificate
from . import portal
