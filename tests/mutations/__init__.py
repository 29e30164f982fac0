"""What people rely on changes with an entry: all requests, jobs and commands of the tests are watched."""
