declare module 'autocannon' {
  type Request = Readonly<{ method?: string; path?: string; headers?: Record<string, string>; body?: string }>;
  type Result = Readonly<{
    '2xx': number;
    non2xx: number;
    errors: number;
    timeouts: number;
    duration: number;
    latency: Readonly<{ p50: number; p99: number }>;
  }>;
  export default function autocannon(
    options: Readonly<{
      url: string;
      connections: number;
      duration: number;
      requests: readonly Readonly<{ method: string; setupRequest: (request: Request) => Request }>[];
    }>,
  ): Promise<Result>;
}
