# The three commands: make run, make test, make setup. Everything they need goes into .venv and var.
PYTHON ?= python3
ARGS ?=

.PHONY: help setup run test backup

help:
	@echo "make run      set up what is missing and serve the farm at http://127.0.0.1:8000 (PORT=8080 make run)"
	@echo "make test     run every check and every test, on SQLite and on PostgreSQL (ARGS='-k words' to choose)"
	@echo "make setup    only make the virtual environment .venv"
	@echo "make backup   keep the database in var/backups"

setup:
	@$(PYTHON) bin/setup

run: setup
	@.venv/bin/python -m csa.serve

test: setup
	@.venv/bin/python bin/test $(ARGS)

backup: setup
	@.venv/bin/python manage.py backup
