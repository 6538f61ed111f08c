"""The loops behind the doors: fold what arrived, ask what is due, deliver, tell the catalogue, tend the rest."""
