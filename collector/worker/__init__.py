"""The loops behind the doors: fold what arrived, keep a sign of life, delete what is old enough."""
