"""What the worker writes by itself or for the farmer: reminders, letters one wished for, messages to many."""
