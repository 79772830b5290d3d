from . import purchase_milestone_part
from . import purchase_milestone_completion
from . import purchase_milestone_reason
from . import purchase_milestone_template_apply
