from . import account_move_reversal
from . import purchase_milestone_reason
