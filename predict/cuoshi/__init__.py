"""cuoshi 措施: which policy measures do the sentences of Chinese articles contain?

>>> from cuoshi import Tagger
>>> article = Tagger("lexicon").tag("全县已开展三轮核酸检测。天气转晴。")
>>> [sentence.labels for sentence in article.sentences]
[('testing',), ()]
"""

from cuoshi.errors import (
    ConfigError,
    CuoshiError,
    InputError,
    LabelError,
    ModelError,
    OutputError,
)
from cuoshi.measures import Measure
from cuoshi.metadata import Metadata
from cuoshi.tagger import Evidence, TaggedArticle, TaggedSentence, Tagger

__version__ = "0.1.0"

__all__ = [
    "ConfigError",
    "CuoshiError",
    "Evidence",
    "InputError",
    "LabelError",
    "Measure",
    "Metadata",
    "ModelError",
    "OutputError",
    "TaggedArticle",
    "TaggedSentence",
    "Tagger",
]
