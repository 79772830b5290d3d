from . import purchase_order
from . import purchase_order_acceptance
from . import purchase_order_due
from . import purchase_milestone
from . import purchase_milestone_template_line
from . import purchase_retention_release
from . import purchase_retention_release_line
