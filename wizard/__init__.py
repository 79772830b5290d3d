from . import account_move_reversal
from . import purchase_milestone_reason
from . import purchase_milestone_template_apply
from . import purchase_order_acceptance
