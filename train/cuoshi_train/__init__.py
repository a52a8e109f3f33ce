"""cuoshi's workshop: data, training and evaluation. Needs the extra `train`."""
