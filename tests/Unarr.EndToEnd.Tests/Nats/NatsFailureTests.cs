using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Unarr.Agents.Hub.Nats;

namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>Which failures of a node's start are waited out.</summary>
public sealed class NatsFailureTests
{
    [Theory]
    [InlineData(10005, "no suitable peers for placement, peer offline", true)]
    [InlineData(10005, "no suitable peers for placement, insufficient storage", false)]
    [InlineData(10058, "stream name already in use with a different configuration", false)]
    public void Start_waits_for_servers_that_are_offline(int code, string text, bool waits)
    {
        NatsJSApiException answer = new(new ApiError { Code = 400, ErrCode = code, Description = text });
        Assert.Equal(waits, NatsFailure.MayPass(new ControlStoreException("unarr_ended cannot be made", answer)));
    }
}
