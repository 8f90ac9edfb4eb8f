"""Plans that people drop into Slack: judged by direct message, and brought in when they say so."""
