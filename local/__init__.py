"""The emulated cloud: an emulator, its estate, and what starts and inspects them."""
