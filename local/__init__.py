"""The emulated cloud: an emulator, its estate, and the code that starts and inspects them."""
