"""The service: a STAC API that ranks by what pictures show, answers, and a page."""
