// The precompiled header of all tests hangs on a program of its own.
int main() {}
