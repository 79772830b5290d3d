from . import res_company
from . import res_config_settings
from . import purchase_order
from . import purchase_milestone
from . import purchase_milestone_page
from . import purchase_milestone_submission
from . import ir_attachment
