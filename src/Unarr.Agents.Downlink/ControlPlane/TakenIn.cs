namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Where in the order of its controls an agent is: the header <c>Unarr-After</c>.</summary>
internal static class TakenIn
{
    private const string Header = "Unarr-After";

    /// <summary>Adds the header: "the last control it has taken in; empty when none". An id that no header can carry is sent as none: the
    /// server then sends again what the agent already has.</summary>
    /// <param name="after">The id; <see langword="null"/> for an agent that does not know its controls by their ids.</param>
    /// <param name="request">The request.</param>
    public static HttpRequestMessage Tell(string? after, HttpRequestMessage request)
    {
        if (after is not null)
        {
            request.Headers.TryAddWithoutValidation(Header, after.AsSpan().ContainsAnyExceptInRange('!', '~') ? "" : after);
        }

        return request;
    }
}
