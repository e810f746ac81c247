"""The experiments of the course: each module is one question, answered by a result that is a table and a figure."""
