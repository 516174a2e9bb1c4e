"""Random fits of all estimators, and checks of what they leave behind."""
