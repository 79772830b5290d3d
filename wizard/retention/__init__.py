from . import purchase_milestone_reason
from . import purchase_milestone_template_apply
from . import purchase_order_acceptance
from . import purchase_retention_release_create
