from streamlit import config

# As `python -m app serve` has it: on one's own machine every run made here may be deleted.
config.set_option("server.address", "localhost")
