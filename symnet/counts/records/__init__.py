"""The layers by family, one record each. Adding a record to a file here is all there is to do: tests run over them."""
