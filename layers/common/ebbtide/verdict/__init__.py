"""What plans, jobs, cleanup and the command line all ask: findings, marks, evidence, protection."""
