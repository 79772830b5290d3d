from . import billing
from . import certificate
