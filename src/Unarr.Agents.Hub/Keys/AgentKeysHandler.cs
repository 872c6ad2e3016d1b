using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Unarr.Agents.Hub.Web;

namespace Unarr.Agents.Hub.Keys;

/// <summary>Authenticates by <c>Authorization: Bearer &lt;api key&gt;</c>.</summary>
internal sealed class AgentKeysHandler(IOptionsMonitor<AgentKeysOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AgentKeysOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string key = BearerKey.Of(Context);
        if (key.Length == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        ClaimsPrincipal? user = Context.RequestServices.GetRequiredKeyedService<AgentKeyRing>(Scheme.Name).FindUser(key);
        return Task.FromResult(user is null
            ? AuthenticateResult.Fail(BearerKey.Refused)
            : AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return JsonBody.WriteErrorAsync(Context, StatusCodes.Status401Unauthorized, BearerKey.Refused);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        JsonBody.WriteErrorAsync(Context, StatusCodes.Status403Forbidden, "This key may not do that.");
}
