"""The words of docs/model-card.md around its figures."""

BEFORE = """\
# Model card: the sentiment model that ships

Made by `make train-sentiment`, as are the figures: what is written here is what the committed
weights do. Version `{version}`.

## What it is

Two linear models over hashed n-grams, in one numpy pass over a page: words, pairs, words under a
negation or behind a contrast, and 3- to 5-grams of characters, one byte a weight. English goes to
one, which also sees what vaderSentiment's lexicon and, in short, its rules say; everything else to
the other, which knows Indonesian, ten regional languages, and enough English for mixed text. It
returns probabilities of negative, neutral and positive; where none reaches .50 it is shown as
"unsure". Alerts and counts work on p_neg, never on the label: under a change of domain the ranking
holds far better.

It is meant for short public posts, comments and reviews about brands, in sums of hundreds. It is
not meant to judge a person, nor one text alone: for that it shows the words that moved it, and
takes corrections (`siaga sentiment correct`), which stay with the brand they were made for.

## What it learned from

| set | rows, English model | rows, other model | rows, news | licence | source |
|---|---|---|---|---|---|
{data}

Rows of the Indonesian sets count twice: as they are and as they would be typed on a phone. The
handmade rows (`bench/handmade`) are phrases written for Siaga: crisis words, complaints to a
service, negation, sarcasm, slang, mixed languages, emoji, Indonesian headlines. No row that nearly
copies one of a validation part is learned from; of 84 such rows, 70 stayed as their copies with
misspellings, nearly all of them SmSA's. The weights carry CC BY-SA 4.0 (see `LICENSE` beside them);
the rest of Siaga is not derived from them.

The airline tweets (Crowdflower, CC BY-NC-SA 4.0) are a benchmark and nothing else: no row of them
is learned from, in no form, and nothing of them is in the product. One number was chosen by them:
the English model's logit of negative is lowered by 0.4, so that of tweets with p_neg ≥ .30 some
80 in 100 are complaints where every second one is. `own` is 73 sentences of this
project; the handmade rows were written by people who knew its categories and had seen it, so
read its figure as an upper bound.

## Validation parts

Percent. Beside it, in the same run: vaderSentiment alone (its own thresholds), and a plain linear
model of words and pairs over the same sets, as one would try first. A set without neutral (PRDECT)
is judged between the other two. "airline" is every shared tweet once, all four brands.

NusaX's texts are SmSA's, edited, and an original that was edited enough stays among what is learned
from. So NusaX's figures flatter, Indonesian's most: in cross-validation over its texts (five folds,
translations of a text kept together) macro-F1 is 84.5 in Indonesian and 77.5 in the mean of the
regional languages, and 81.1 and 76.2 once all that resembles a held-out text is taken out too.

| set | texts | measure | vaderSentiment | plain linear | shipped |
|---|---|---|---|---|---|
"""

AFTER = """

## A brand's own corrections

Half of an airline's tweets correct (as many as named), the other half is scored; mean over the
airlines with 2,000 tweets and three draws.

| labels | accuracy before | after | gained | ECE after |
|---|---|---|---|---|
{corrections}

## Names

Of twenty complaints and ten plain texts about each of fifty-two names (from "Zorvex" over "Good
Day" and "Best Buy" to "Bank Sampah"), how many read as negative, and how far names differ: what
names a brand is masked before its mentions are scored (`python bench/name_bias.py`).

| | names | most complaints less fewest | fewest complaints | most plain texts |
|---|---|---|---|---|
{names}

## News

News tells of a crisis in sober words, so articles are read by a third model. What its n-grams, of
headlines written for Siaga and of opinions, say of a text is weighed with the mood, with a lexicon
of crisis terms in both languages (less what denies, prevents or merely tells them), and with the
kinds of words there are (harm, relief, sport, fiction …). Headlines of this project, of brands that
do not exist, by those who wrote what is learned from and did not look at these: at p_neg ≥ .5
(`python bench/headlines.py`). By other authors' hands expect less.

| | headlines | crises found | others taken for one | AUC | AUC of the model alone |
|---|---|---|---|---|---|
{news}

## Where it fails

- It reads words, not the world: quiet sarcasm ("great, another outage") and blame without a
  blaming word ("three hours and still here") are often missed.
- Regional languages beyond Javanese, Sundanese and Minangkabau have 500 rows each, all of them
  translations of the same 500 texts; Buginese, Batak and Madurese are weakest.
- Neutral is the hardest class: news that names a bad thing ("a film about a war") reads negative
  more often than it should.
- A word new since the training sets were collected (2013 to 2022) says nothing by itself.
- Languages other than English and Indonesia's are not read: such mentions count, and their
  sentiment is unknown.
- A crisis told in words nobody wrote down, and a denial by somebody nobody believes, read as they
  are written.
- An opinion in an article (a blog, a forum) is read a little less well than one in a post: of
  tweets as articles some 60 to 65 in 100 negative ones are found, and one in eight others is taken
  for one.

Of `own` these are read wrongly now:

{own}
"""
