"""How each provider is asked and what its answers mean. `model.py` puts it together."""
