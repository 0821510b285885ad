/* Holds the namespaces of a Pod, and reaps what its processes leave behind. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void End(int number) { _exit(number == SIGINT || number == SIGTERM ? 0 : 1); }

static void Reap(int number) {
  (void)number;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

int main(void) {
  struct sigaction end = {.sa_handler = End};
  struct sigaction reap = {.sa_handler = Reap, .sa_flags = SA_NOCLDSTOP};
  if (sigaction(SIGINT, &end, NULL) != 0 || sigaction(SIGTERM, &end, NULL) != 0 ||
      sigaction(SIGCHLD, &reap, NULL) != 0) {
    return 2;
  }
  for (;;) {
    pause();
  }
}
