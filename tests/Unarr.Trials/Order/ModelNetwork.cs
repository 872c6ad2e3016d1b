namespace Unarr.EndToEnd.Tests.Order;

/// <summary>The way between an agent and the hub: it delays requests and answers at random, and ends all at once at a kill.</summary>
internal sealed class ModelNetwork(Random random, bool tellsAfter, CancellationToken killed) : DelegatingHandler(new SocketsHttpHandler())
{
    private const int LongestDelayMilliseconds = 20;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, killed);
        if (!tellsAfter)
        {
            request.Headers.Remove("Unarr-After");
        }

        await PassAsync(either.Token);
        HttpResponseMessage response = await base.SendAsync(request, either.Token);
        await PassAsync(either.Token);
        return response;
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        int delay;
        lock (random)
        {
            delay = random.Next(3) == 0 ? random.Next(LongestDelayMilliseconds) : 0;
        }

        if (delay > 0)
        {
            await Task.Delay(delay, cancellationToken);
        }
    }
}
