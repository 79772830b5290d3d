from . import purchase_milestone_reason
