from . import test_amounts
from . import test_amounts_properties
from . import test_lifecycle
from . import test_final_acceptance
from . import test_retention_held
from . import test_retention_release
from . import test_templates
from . import test_tours
