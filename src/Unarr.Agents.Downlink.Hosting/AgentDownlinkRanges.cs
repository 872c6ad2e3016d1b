using Microsoft.Extensions.Options;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Checks what the options' attributes say; generated at build time.</summary>
[OptionsValidator]
internal sealed partial class AgentDownlinkRanges : IValidateOptions<AgentDownlinkOptions>;
