/* A client of the program of tests/simulator/hand.fed. */
#include "tests/network/client_main.h"

extern const fed_program hand_client_program;

int main(int argc, char** argv) { return test_client_main(argc, argv, &hand_client_program); }
