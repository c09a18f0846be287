"""A guided tour of this project. Each lesson runs the code that it shows, and checks its claims."""
