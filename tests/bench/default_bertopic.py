"""The script that a researcher would write by hand: BERTopic with its defaults, on the same texts.

Reads one text a line as JSON from standard input; takes the folder of an encoder, or none for TF-IDF with SVD. Prints
the topic of each text as JSON.
"""

import json
import sys

from bertopic import BERTopic


def main() -> None:
    """Fit and print."""
    texts = [json.loads(line) for line in sys.stdin]
    if len(sys.argv) > 1:
        from sentence_transformers import SentenceTransformer

        model = BERTopic(language="dutch", embedding_model=SentenceTransformer(sys.argv[1]))
        topics, _ = model.fit_transform(texts)
    else:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        counts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)).fit_transform(texts)
        vectors = TruncatedSVD(100).fit_transform(counts)
        model = BERTopic(language="dutch", embedding_model=None)
        topics, _ = model.fit_transform(texts, embeddings=vectors)
    labels = model.get_topic_info()["Name"].tolist()
    sys.stdout.write(json.dumps({"topics": [int(topic) for topic in topics], "labels": labels}))


if __name__ == "__main__":
    main()
