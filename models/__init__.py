from . import ir_attachment
from . import res_company
from . import res_config_settings
from . import purchase_order
from . import purchase_order_plan
from . import purchase_milestone
from . import purchase_milestone_guard
from . import purchase_milestone_lifecycle
