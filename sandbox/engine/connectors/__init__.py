"""One connector per system: the vendor's dialect on one side, canonical words on the other, no decision of its own."""
