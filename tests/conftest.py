"""Fixtures every test may ask for; they live beside what they make."""

pytest_plugins = ("tests.stores", "tests.houses", "tests.shops")
