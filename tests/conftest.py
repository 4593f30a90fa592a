import os
import tempfile

# The pages' warm-up would import in the background while a test measures or counts imports.
os.environ.setdefault("COLLAPSE_LAB_WARM_UP", "0")
# Runs that tests make are nobody's.
os.environ["COLLAPSE_LAB_RUNS"] = tempfile.mkdtemp(prefix="collapse-lab-runs-")
# As `python -m app serve` has it: on one's own machine every run made here may be deleted.
os.environ["STREAMLIT_SERVER_ADDRESS"] = "localhost"
