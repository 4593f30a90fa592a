import os

# The pages' warm-up would import in the background while a test measures or counts imports.
os.environ.setdefault("COLLAPSE_LAB_WARM_UP", "0")
