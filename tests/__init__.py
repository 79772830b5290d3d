from . import test_amounts
from . import test_tours
