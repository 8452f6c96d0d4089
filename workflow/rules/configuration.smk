# The configuration is checked before it is used: whatever is wrong is said in one sentence, and nothing runs.
import sys
from pathlib import Path

ROOT = Path(workflow.current_basedir).parents[1]
sys.path.insert(0, f"{ROOT}/src")

from neural_redshift.configuration.check import check
from neural_redshift.configuration.words import ConfigurationError

SETTINGS = workflow.config_settings
REPLACED = SETTINGS.replace_workflow_config and SETTINGS.overwrite_config

try:
    CHECKED = check(
        ROOT / "workflow/schemas/config.schema.yaml",
        *([] if REPLACED else ["config.yaml"]),
        *SETTINGS.configfiles,
        values=SETTINGS.config,
    )
except ConfigurationError as error:
    # An exception would add where in this file it was raised; the logger writes a dry run's errors to stdout.
    sys.exit(f"Configuration error:\n{error}")
