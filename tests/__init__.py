"""A package, so that tests of one noun in two rooms (`actions/test_printing`, `rules/test_printing`) do not collide."""
