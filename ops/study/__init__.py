"""The study: simulated trainees practise over a grid of cases, and the talks are measured."""
