"""What single screens carry in their buttons and dialogs, beyond `slack/ids.py`."""
