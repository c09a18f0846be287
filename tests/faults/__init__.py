"""What is killed while a generated project works, and what it then has lost: clusters, faults and the comparison."""
