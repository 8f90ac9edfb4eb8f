"""Others' words in a line of ours, and how a post is named by them.

Refusals, objections and the record quote as screens do, so this is not with the screens. What only Slack reads
(escaping, mentions, moments) is in `slack/views/text.py`.
"""
