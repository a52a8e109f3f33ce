"""The Chinese BERT: a sentence classifier with an evidence head, taught, distilled, exported."""
