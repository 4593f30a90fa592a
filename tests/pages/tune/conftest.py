import pytest
from streamlit.elements.widgets import button as button_module


@pytest.fixture
def downloads(monkeypatch):
    """Data of the download buttons drawn last, by file name; call one for its content."""
    found, marshall = {}, button_module.marshall_file

    def noted(coordinates, data, proto, mimetype, file_name=None, **rest):
        found[file_name] = data if callable(data) else lambda: data
        return marshall(coordinates, data, proto, mimetype, file_name, **rest)

    monkeypatch.setattr(button_module, "marshall_file", noted)
    return found
